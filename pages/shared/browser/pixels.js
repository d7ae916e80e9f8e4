/**
 * Is what a page reads from a canvas what it has drawn there? A browser that guards against fingerprinting gives noise
 * (Tor's, and Firefox where a setting asks for it). Others change a byte by one here and there, which nobody sees.
 */
globalThis.sotaReadsPixels ??= () => {
  const MOST = 16; // of 255
  const drawn = [
    [200, 40, 120],
    [30, 220, 90],
  ];
  const canvas = Object.assign(document.createElement("canvas"), { width: drawn.length, height: 1 });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  for (const [x, colour] of drawn.entries()) {
    pen.fillStyle = `rgb(${colour})`;
    pen.fillRect(x, 0, 1, 1);
  }
  const read = pen.getImageData(0, 0, drawn.length, 1).data;
  return drawn.every((colour, x) => colour.every((value, c) => Math.abs(value - read[4 * x + c]) <= MOST));
};
