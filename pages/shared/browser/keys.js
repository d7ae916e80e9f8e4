/** What a key does on a control of ours. */
globalThis.sotaKeys ??= {
  STRIDE: 10, // steps of an arrow with shift
  REST_MS: 250, // arrows come in quick succession: only the last is told
  ON_A_LINE: { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 },
  ON_A_PICTURE: { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] },

  /** Is it pressed with Alt, Ctrl or Meta? Then it is the browser's own, such as Alt and an arrow for the way back. */
  isShortcut({ altKey, ctrlKey, metaKey }) {
    return altKey || ctrlKey || metaKey;
  },
};
