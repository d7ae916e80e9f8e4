/**
 * A component's own hand on a knob of a stage (stage.js): what hangs on the knob follows it, and its rest is told once.
 *
 * The address owns where the knob stands. While a hand is on it, or has not been heard yet, an older answer moves
 * nothing. `show` draws where the knob stands; it is called whenever that changes.
 */
globalThis.sotaHand ??= class {
  static REST_MS = 250; // arrow keys come in rows: the last one is told
  static SOON_MS = 50; // the stage is being drawn anew
  static LOST_MS = 10_000; // a server that has not heard by now will not: what it says counts
  static STRIDE = 10; // steps of an arrow key with shift

  constructor(stage, knob) {
    Object.assign(this, { stage, knob, step: 0, isDown: false, timer: 0, past: [], told: undefined });
  }

  /** The page is left: of what is not told yet nothing comes back, were it to a stage of the same name. */
  leave() {
    clearTimeout(this.timer);
    clearTimeout(this.lost);
    Object.assign(this, { timer: 0, isDown: false, past: [], told: undefined });
  }

  /** Follow the stage from now on. @returns what ends it */
  attach(show, isThere) {
    Object.assign(this, { show, isThere });
    const look = () => this.heed();
    // The way back counts more than what the server has not yet answered, or a hand that rests has not yet told.
    const back = () => {
      clearTimeout(this.timer);
      this.timer = 0;
      this.forget();
      this.turn();
    };
    this.stage.followers.add(look);
    addEventListener("popstate", back);
    look();
    return () => {
      this.stage.followers.delete(look);
      removeEventListener("popstate", back);
    };
  }

  /** Python has said anew where the knob stands. */
  heed() {
    const at = this.stage.data?.at[this.knob];
    if (at === undefined) return;
    if (at === this.told) this.past = [];
    if (this.isDown || this.timer || this.past.includes(at)) return this.turn();
    clearTimeout(this.lost);
    Object.assign(this, { step: at, past: [], told: undefined });
    this.show();
  }

  forget() {
    Object.assign(this, { past: [], told: undefined });
    this.heed();
  }

  hold() {
    clearTimeout(this.timer);
    this.timer = 0;
    if (!this.isDown) this.before = this.step;
    this.isDown = true;
  }

  move(step) {
    this.step = step;
    this.turn();
    this.show();
  }

  turn() {
    const { stage, knob } = this;
    if (stage.data) stage.move(knob, stage.data.knobs[knob].values[this.step]);
  }

  rest(wait) {
    this.isDown = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = 0;
      if (this.isThere()) this.tell();
    }, wait);
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
