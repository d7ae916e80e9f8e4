/**
 * How a component of ours moves a knob of a stage (stage.js): what depends on the knob follows at once, and the server
 * is told once, when the hand rests.
 *
 * The address owns where the knob stands. While a hand is on the knob, or has no answer yet, an older answer moves
 * nothing. `show` draws where the knob stands; it is called whenever that changes.
 */
globalThis.sotaHand ??= class {
  static SOON_MS = 50; // until the next try, while the stage is being redrawn
  static LOST_MS = 10_000; // a server that has not heard by now will not: what it said last counts

  constructor(stage, knob) {
    Object.assign(this, { stage, knob, step: 0, isDown: false, timer: 0, past: [], told: undefined });
  }

  /** The page is left: forget what was not told yet, so that a later stage of the same name does not get it. */
  leave() {
    clearTimeout(this.timer);
    clearTimeout(this.lost);
    Object.assign(this, { timer: 0, isDown: false, past: [], told: undefined });
  }

  /** Follow the stage from now on; `elements` are what the hand takes hold of. @returns what ends it */
  attach(show, ...elements) {
    Object.assign(this, { show, elements });
    const look = () => this.heed();
    // The back button overrides a step that the server has not answered yet, and one that was not told yet.
    const back = () => {
      clearTimeout(this.timer);
      Object.assign(this, { timer: 0, isDown: false });
      this.forget();
    };
    const watch = new AbortController();
    const { signal } = watch;
    this.stage.followers.add(look);
    addEventListener("popstate", back, { signal });
    // No `change` comes where a range is let go at the value it was pressed at, or Escape has ended the drag.
    const letGo = () => this.isDown && this.rest(globalThis.sotaKeys.REST_MS);
    addEventListener("pointerup", letGo, { signal, capture: true });
    addEventListener("pointercancel", () => this.callBack(), { signal, capture: true });
    // A press elsewhere may move the knob too: what waits is told before it, since told later it would replace it.
    const isOwn = (event) => event.composedPath().some((one) => elements.includes(one));
    const leads = (event) => this.timer && !isOwn(event) && this.tellNow();
    addEventListener("pointerdown", leads, { signal, capture: true });
    look();
    return () => {
      this.stage.followers.delete(look);
      watch.abort();
    };
  }

  /** A range input of the knob's steps, and the button that shows the value and opens a field for another. */
  listen(range, button) {
    const { stage, knob } = this;
    const { ON_A_LINE, REST_MS, STRIDE } = globalThis.sotaKeys;
    range.oninput = () => this.take(Number(range.value));
    range.onchange = () => this.rest(REST_MS);
    range.onkeydown = (event) => {
      const way = ON_A_LINE[event.key];
      if (this.timer && !way) this.rest(0); // told now: told later, it would replace what is typed
      stage.begins?.(knob, event);
      if (!event.shiftKey || !way) return;
      event.preventDefault();
      this.take(Math.min(Number(range.max), Math.max(0, this.step + way * STRIDE)));
      this.rest(REST_MS);
    };
    range.ondblclick = () => this.goHome();
    button.onclick = () => stage.type?.(knob, range);
  }

  /** Python has said where the knob stands. */
  heed() {
    const at = this.stage.data?.at[this.knob];
    if (at === undefined) return;
    if (at === this.told) this.past = [];
    if (this.isDown || this.timer || this.past.includes(at)) return this.turn();
    clearTimeout(this.lost);
    Object.assign(this, { step: at, past: [], told: undefined });
    this.show();
  }

  /** What Python said last counts, for the hand and for what it has moved. */
  forget() {
    Object.assign(this, { past: [], told: undefined });
    this.heed();
    this.turn();
  }

  hold() {
    clearTimeout(this.timer);
    this.timer = 0;
    if (!this.isDown) this.before = this.step;
    this.isDown = true;
  }

  take(step) {
    this.hold();
    this.move(step);
  }

  move(step) {
    this.step = step;
    this.turn();
    this.show();
  }

  /** Undo what a finger that scrolls the page has moved. */
  callBack() {
    if (!this.isDown) return;
    this.move(this.before);
    this.rest(0);
  }

  turn() {
    const { stage, knob } = this;
    if (stage.data) stage.move(knob, stage.data.knobs[knob].values[this.step]);
  }

  rest(wait) {
    this.isDown = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tellNow(), wait);
  }

  tellNow() {
    clearTimeout(this.timer);
    this.timer = 0;
    if (this.elements[0].isConnected) this.tell();
  }

  tell() {
    const at = this.stage.data?.at[this.knob];
    if (at === undefined) return this.rest(globalThis.sotaHand.SOON_MS);
    const told = this.told ?? at;
    if (told === this.step) return;
    this.past.push(told);
    this.told = this.step;
    clearTimeout(this.lost);
    this.lost = setTimeout(() => this.forget(), globalThis.sotaHand.LOST_MS);
    this.stage.ask(this.knob, this.step);
  }

  goHome() {
    const home = this.stage.data?.knobs[this.knob].home;
    if (home == null) return;
    this.move(home);
    this.rest(0);
  }
};
