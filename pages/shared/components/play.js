/**
 * A player: it moves a knob of a stage by the clock, from its first value to its last, in the browser alone.
 *
 * It begins by itself once it is in sight, unless motion is to be reduced: then it shows the end until it is played.
 *
 * @typedef {object} Data
 * @property {string} stage  the name of the stage (stage.js)
 * @property {string} knob  the knob whose values are seconds
 * @property {number} speed  how many of the knob's seconds pass in one second
 * @property {{ play: string, pause: string, again: string }} words
 */

/** What stays of a player from one run of the page to the next. */
const players = new WeakMap();

/** @param {{ data: Data, parentElement: ParentNode }} component */
export default function ({ data, parentElement }) {
  globalThis.sotaEnd(parentElement);
  const player = playerOf(parentElement);
  player.data = data;
  player.stage = globalThis.sotaStage(data.stage);
  player.button = parentElement.querySelector("button");
  player.button.onclick = () => press(player);
  const look = () => arrive(player);
  player.stage.followers.add(look);
  const watch = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && begin(player));
  watch.observe(player.button);
  look();
  return globalThis.sotaEndBy(parentElement, () => {
    watch.disconnect();
    player.stage.followers.delete(look);
    cancelAnimationFrame(player.due);
    player.due = 0;
  });
}

function playerOf(parentElement) {
  if (!players.has(parentElement)) players.set(parentElement, { at: undefined, isPlaying: false, due: 0 });
  return players.get(parentElement);
}

function valuesOf({ stage, data }) {
  return stage.data?.knobs[data.knob].values;
}

/** The stage has been drawn, or redrawn: put its knob where the player is. */
function arrive(player) {
  const values = valuesOf(player);
  if (!values) return;
  player.at ??= globalThis.sotaIsStill() ? values.at(-1) : values[0];
  show(player);
  if (player.isPlaying) run(player);
}

/** In sight for the first time. */
function begin(player) {
  if (player.hasBegun || globalThis.sotaIsStill()) return;
  player.hasBegun = player.isPlaying = true;
  run(player);
}

function press(player) {
  const values = valuesOf(player);
  if (!values) return;
  player.hasBegun = true;
  if (player.at >= values.at(-1)) player.at = values[0];
  else if (player.isPlaying) {
    player.isPlaying = false;
    return show(player);
  }
  player.isPlaying = true;
  run(player);
}

function run(player) {
  cancelAnimationFrame(player.due);
  let before;
  const step = (now) => {
    const values = valuesOf(player);
    if (!player.isPlaying || !values || !player.button.isConnected) return;
    const { speed } = player.data;
    player.at = Math.min(values.at(-1), (player.at ?? values[0]) + ((now - (before ?? now)) / 1000) * speed);
    before = now;
    player.isPlaying = player.at < values.at(-1);
    show(player);
    if (player.isPlaying) player.due = requestAnimationFrame(step);
  };
  player.due = requestAnimationFrame(step);
}

function show(player) {
  const values = valuesOf(player);
  const { play, pause, again } = player.data.words;
  player.stage.move?.(player.data.knob, player.at);
  const isOver = player.at >= values.at(-1);
  player.button.textContent = player.isPlaying ? pause : isOver ? again : play;
}
