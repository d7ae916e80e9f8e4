/** What hand.py and keyboard.py ask a page: its knobs, where they stand, what a reader hears, what is sent and painted. */
() => {
  const all = (root) =>
    [...root.querySelectorAll("*")].flatMap((node) => [node, ...(node.shadowRoot ? all(node.shadowRoot) : [])]);
  const host = (node) => node.getRootNode().host;
  const isHidden = (node) => node.closest("[aria-hidden=true]") || (host(node) && isHidden(host(node)));
  const main = () => document.querySelector("[data-testid=stMain]");
  const stages = () => [...(globalThis.sotaStages ?? [])].filter(([, stage]) => stage.data);
  const REGION = "[aria-live]:not([aria-live=off]), [role=status], [role=alert], output:not([aria-live=off])";
  const told = (node) => new MutationObserver(() => page.told.push([node, node.textContent]));
  const page = {
    told: [],
    sent: 0,
    sentAt: performance.now(),
    paints: [],
    hands: () =>
      all(main()).filter(
        (node) =>
          node.matches("input[type=range], [role=slider]") &&
          !node.disabled &&
          !isHidden(node) &&
          node.checkVisibility({ visibilityProperty: true }),
      ),
    focused() {
      let node = document.activeElement;
      while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
      return node;
    },
    name(node) {
      const labels = (node.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id));
      const words = labels.map((label) => label?.textContent).filter(Boolean);
      return node.getAttribute("aria-label") || words.join(" ") || node.labels?.[0]?.textContent || "";
    },
    value: (node) => node.value ?? node.getAttribute("aria-valuenow"),
    ends: (node) => ["min", "max"].map((end) => node[end] ?? node.getAttribute(`aria-value${end}`)),
    text: (node) => node.getAttribute("aria-valuetext") ?? "",
    areThere: () => [...(globalThis.sotaStages ?? [])].every(([, stage]) => stage.data || !stage.places.size),
    /** Does some knob of a stage stand elsewhere than it did then? */
    haveMoved: (then) =>
      Object.entries(page.stages()).some(
        ([name, knobs]) => then[name] && Object.keys(knobs).some((knob) => knobs[knob] !== then[name][knob]),
      ),
    stages: () => Object.fromEntries(stages().map(([name, stage]) => [name, { ...stage.shown }])),
    knob(stage, name) {
      const { values, words, home, grid } = globalThis.sotaStages.get(stage).knobs[name];
      return { n: values.length, home, typed: grid === undefined ? null : (words ?? values.map(String)) };
    },
    /** Streamlit's input lies clipped at its thumb's middle, wider than can be seen. */
    boxes(node) {
      const box = node.getBoundingClientRect().toJSON();
      if (!node.closest("[data-testid=stSlider]")) box.x += box.width / 2;
      return [box, (node.closest("[role=group], .box") ?? node).getBoundingClientRect().toJSON()];
    },
    slots: () =>
      all(main())
        .filter((node) => node.dataset?.live)
        .map((node) => [node.textContent, ...node.getAttributeNames().map((name) => node.getAttribute(name))].join(" ")),
    /** How often the region that spoke most has spoken. */
    most: () => Math.max(0, ...page.told.map(([node]) => page.told.filter(([other]) => other === node).length)),
    /** How many slots show something else than before the drag, at the most so far. */
    compare() {
      const moved = page.slots().filter((slot, i) => slot !== page.before[i]).length;
      page.moved = Math.max(page.moved, moved);
      return page.moved;
    },
    forget() {
      Object.assign(page, { told: [], sent: 0, paints: [] });
      for (const node of all(document.body)) {
        if (!node.matches(REGION) || isHidden(node) || node.isHeard) continue;
        node.isHeard = true;
        told(node).observe(node, { childList: true, characterData: true, subtree: true });
      }
    },
    isQuiet(ms) {
      const state = document.querySelector("[data-testid=stApp]").dataset.testScriptState;
      if (state !== "notRunning") page.sentAt = performance.now();
      return performance.now() - page.sentAt > ms;
    },
  };
  window.keyboard = page;
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (...what) {
    page.sent++;
    page.sentAt = performance.now();
    return send.apply(this, what);
  };
  const frame = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (call) =>
    frame((at) => {
      const begin = performance.now();
      call(at);
      const channel = new MessageChannel();
      channel.port1.onmessage = () => page.paints.push(performance.now() - begin);
      channel.port2.postMessage(0);
    });
}
