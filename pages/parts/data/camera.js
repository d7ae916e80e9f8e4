/**
 * The camera makes a data set: a name for each class, and pictures for as long as its button is held. They stay in the
 * browser until all are sent at once.
 *
 * @typedef {object} Data
 * @property {number} fewest  classes
 * @property {number} most  classes
 * @property {number} least  pictures a class needs before the set can be sent
 * @property {number} enough  pictures of a class, after which a held button takes no more
 * @property {Object<string, string>} says  every word, with {places} for numbers
 * @property {string} why  why nothing can be sent now, "" where it can
 */

const make = globalThis.sotaMake;
const EVERY_MS = 200; // twenty in four seconds: time to turn what is held up
const SHORT_PX = 240; // the shorter side of what is kept
const QUALITY = 0.85;
const LOST_MS = 20_000; // a server that has not answered by now will not

const REFUSALS = ["NotAllowedError", "NotFoundError", "NotReadableError"];

/** @param {{ data: Data, parentElement: ParentNode, setTriggerValue: (name: string, value: unknown) => void }} component */
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".camera");
  root.camera ??= begin(root, data);
  const camera = root.camera;
  camera.data = data;
  camera.video.setAttribute("aria-label", data.says.sees);
  root.querySelector(".add").textContent = data.says.add;
  root.querySelector(".done").textContent = data.says.done;
  camera.send = (value) => setTriggerValue("made", value);
  clearTimeout(camera.lost);
  camera.isSending = false;
  say(camera);
  return () =>
    setTimeout(() => {
      if (!root.isConnected) stop(camera);
    }, 0);
}

function begin(root, data) {
  const camera = {
    root,
    data,
    video: root.querySelector("video"),
    classes: [],
    added: 0,
    canvas: make("canvas"),
  };
  for (let i = 0; i < data.fewest; i++) add(camera);
  root.querySelector(".add").onclick = () => {
    const { name } = add(camera);
    say(camera);
    name.focus(); // with its words selected
  };
  root.querySelector(".done").onclick = () => done(camera);
  open(camera);
  return camera;
}

async function open(camera) {
  camera.state = obstacle() ?? "waiting";
  if (camera.state !== "waiting") return camera.video.classList.add("off");
  try {
    const wanted = { width: { ideal: 640 }, height: { ideal: 480 }, facingMode: "user" };
    camera.stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
    if (!camera.root.isConnected) return stop(camera);
    camera.video.srcObject = camera.stream;
    await camera.video.play();
    camera.state = "ready";
  } catch (error) {
    camera.video.classList.add("off");
    camera.state = REFUSALS.includes(error.name) ? error.name : "failed";
  }
  say(camera);
}

/** Why no camera is asked for; undefined where one is. */
function obstacle() {
  if (!navigator.mediaDevices?.getUserMedia) return "insecure";
  return globalThis.sotaReadsPixels() ? undefined : "guarded"; // noise would be kept, and trained on
}

function stop(camera) {
  clearInterval(camera.timer);
  for (const track of camera.stream?.getTracks() ?? []) track.stop();
}

function add(camera) {
  const row = make("li");
  const number = ++camera.added; // a removed class's number is not given again: two would have one name
  const one = { row, number, shots: [], name: input(), called: "", hold: button("hold"), drop: button("drop") };
  one.count = make("span", "n");
  one.strip = make("div", "shots");
  one.name.oninput = () => say(camera);
  one.drop.onclick = () => {
    if (!one.shots.length) return remove(camera, one);
    one.shots.length = 0;
    one.strip.replaceChildren();
    say(camera);
  };
  listen(camera, one);
  row.append(one.name, one.hold, one.count, one.drop, one.strip);
  camera.root.querySelector(".classes").append(row);
  camera.classes.push(one);
  return one;
}

function remove(camera, one) {
  one.row.remove();
  camera.classes.splice(camera.classes.indexOf(one), 1);
  say(camera);
  camera.root.querySelector(".add").focus();
}

function input() {
  const found = make("input");
  found.maxLength = 40;
  found.onfocus = () => found.select();
  return found;
}

function button(name) {
  const found = make("button", name);
  found.type = "button";
  return found;
}

/** A mouse, a finger, or the space bar and Enter; a tap takes one. */
function listen(camera, one) {
  const { hold } = one;
  hold.onpointerdown = (event) => {
    hold.setPointerCapture(event.pointerId);
    press(camera, one);
  };
  hold.onpointerup = () => release(camera);
  hold.onpointercancel = hold.onpointerup;
  hold.onblur = hold.onpointerup;
  hold.oncontextmenu = (event) => event.preventDefault();
  hold.onkeydown = (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    if (!event.repeat) press(camera, one);
  };
  hold.onkeyup = hold.onpointerup;
}

function press(camera, one) {
  release(camera);
  one.hold.classList.add("on");
  take(camera, one);
  camera.timer = setInterval(() => take(camera, one), EVERY_MS);
}

function release(camera) {
  clearInterval(camera.timer);
  for (const one of camera.classes) one.hold.classList.remove("on");
}

function take(camera, one) {
  const { video, canvas } = camera;
  if (one.shots.length >= camera.data.enough || !video.videoWidth) return release(camera);
  const scale = SHORT_PX / Math.min(video.videoWidth, video.videoHeight);
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  const shot = { data: canvas.toDataURL("image/jpeg", QUALITY) };
  one.shots.push(shot);
  one.strip.append(thumb(camera, one, shot));
  say(camera);
  if (one.shots.length >= camera.data.enough) release(camera); // at once: one taken out now is not taken anew
}

/** A small picture; pressing it takes it out again. */
function thumb(camera, one, shot) {
  const found = button("shot");
  const picture = make("img");
  picture.src = shot.data;
  found.append(picture);
  found.onclick = () => {
    one.shots.splice(one.shots.indexOf(shot), 1);
    found.remove();
    say(camera);
  };
  return found;
}

function missing({ classes, data, isSending }) {
  const { says } = data;
  if (isSending) return says.sending;
  const names = classes.filter((one) => one.shots.length).map((one) => one.name.value.trim());
  if (names.some((name) => !name)) return says.nameless;
  if (new Set(names.map((name) => name.toLowerCase())).size < names.length) return says.twice;
  const few = classes.filter((one) => one.shots.length < data.least).length;
  if (few) return says.few.replace("{least}", data.least).replace("{enough}", data.enough);
  return data.why;
}

/** Write every word again: the language may have changed, and a picture that was number three may be number two. */
function say(camera) {
  const { root, classes, data } = camera;
  const why = missing(camera);
  root.querySelector(".state").textContent = data.says[camera.state];
  root.querySelector(".why").textContent = why;
  root.querySelector(".done").disabled = why !== "";
  root.querySelector(".add").disabled = classes.length >= data.most;
  const isSpare = classes.length > data.fewest;
  for (const one of classes) {
    name(one, data.says);
    one.hold.textContent = data.says.hold;
    one.count.textContent = data.says.count.replace("{n}", one.shots.length).replace("{enough}", data.enough);
    one.hold.disabled = !camera.stream || one.shots.length >= data.enough;
    one.drop.textContent = one.shots.length || !isSpare ? data.says.clear : data.says.remove;
    one.drop.disabled = !one.shots.length && !isSpare;
    for (const [i, shot] of [...one.strip.children].entries()) {
      shot.title = data.says.drop;
      shot.firstChild.alt = data.says.shot.replace("{n}", i + 1);
    }
  }
}

/** A class that nobody has named yet is called by its number. */
function name(one, says) {
  one.name.setAttribute("aria-label", says.name.replace("{n}", one.number));
  const called = says.class.replace("{n}", one.number);
  if (one.name.value === one.called && called !== one.called) one.name.value = called;
  one.called = called;
}

function done(camera) {
  if (missing(camera)) return;
  camera.isSending = true;
  camera.lost = setTimeout(() => {
    camera.isSending = false;
    say(camera);
  }, LOST_MS);
  say(camera);
  camera.send(camera.classes.map((one) => ({ name: one.name.value, shots: one.shots.map((shot) => shot.data) })));
}
