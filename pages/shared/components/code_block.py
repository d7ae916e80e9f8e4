"""Code to read and to copy: coloured on the server by Pygments, laid out in the browser as plain text.

Streamlit's own `st.code` brings a highlighter for every language there is: 1.6 MB of script that holds a page up for
0.4 s on its first visit. Several blocks are tabs of one component: each element more costs every rerun a millisecond.
Only constants enter html, css and js: tokens travel as data and are set as text.
"""

from collections.abc import Mapping
from functools import cache, lru_cache

from pygments import lexers
from pygments.lexer import Lexer
from pygments.token import Comment, Generic, Keyword, Name, Number, Operator, String, _TokenType
from streamlit.components import v2

_HTML = """
<div class="tabs" role="tablist"></div>
<div class="block"><pre tabindex="0"><code></code></pre>
<button type="button" class="copy" aria-label="Copy" title="Copy"><svg viewBox="0 0 16 16" aria-hidden="true">
<rect x="5.5" y="5.5" width="8" height="8" rx="1.5"/>
<path d="M10.5 5.5v-2A1.5 1.5 0 0 0 9 2H3.5A1.5 1.5 0 0 0 2 3.5V9a1.5 1.5 0 0 0 1.5 1.5h2"/></svg>
<span aria-live="polite"></span></button></div>
"""

_CSS = """
.tabs { display: flex; overflow-x: auto; gap: 1rem; margin-bottom: 1rem;
  border-bottom: 1px solid var(--st-border-color); font: .875rem var(--st-font); }
.tabs:empty { display: none; }
.tabs button { flex: none; padding: .55rem 0; border: 0; border-bottom: 2px solid transparent; background: none;
  color: var(--st-text-color); font: inherit; cursor: pointer; }
.tabs button:is(:hover, [aria-selected=true]) { color: var(--st-primary-color); }
.tabs button[aria-selected=true] { border-bottom-color: var(--st-primary-color); }
.block { position: relative; background: var(--st-code-background-color); border-radius: var(--st-base-radius); }
pre { margin: 0; padding: .85rem 3rem .85rem 1rem; overflow: auto; max-height: var(--most, none);
  border-radius: var(--st-base-radius); box-sizing: border-box; }
code { font-family: var(--st-code-font); font-size: var(--st-code-font-size); line-height: 1.55;
  color: var(--st-code-text-color); }
.is-wrapped pre { white-space: pre-wrap; overflow-wrap: anywhere; }
pre:focus-visible, button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
.keyword { color: var(--st-primary-color); font-weight: 600; }
.text { color: var(--st-green-text-color); }
.number { color: var(--st-blue-text-color); }
.name { color: var(--st-violet-text-color); }
.comment { opacity: .72; font-style: italic; }
.wrong { color: var(--st-red-text-color); }
.copy { position: absolute; top: .4rem; right: .4rem; display: flex; align-items: center; gap: .35rem; border: 0;
  padding: .35rem; border-radius: var(--st-base-radius); background: var(--st-code-background-color); cursor: pointer;
  color: var(--st-text-color); font: .78rem var(--st-font); opacity: .65; }
.copy:is(:hover, :focus-visible) { opacity: 1; }
svg { width: 1rem; height: 1rem; fill: none; stroke: currentColor; stroke-width: 1.3; }
"""

_JS = """
const timers = new WeakMap(), chosen = new WeakMap();

const copied = async (text) => {
  if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");  // a class reached over plain http has no clipboard
  area.value = text;
  document.body.append(area);
  area.select();
  const is_done = document.execCommand("copy");
  area.remove();
  if (!is_done) throw new Error("the browser refused");
};

export default function ({ data, parentElement }) {
  const find = (selector) => parentElement.querySelector(selector);
  const block = find(".block"), button = find(".copy"), told = find(".copy span"), tabs = find(".tabs");
  block.classList.toggle("is-wrapped", data.wraps);
  block.style.setProperty("--most", data.most);
  const now = () => Math.min(chosen.get(parentElement) ?? 0, data.blocks.length - 1);
  const show = (at) => {
    chosen.set(parentElement, at);
    const [label, tokens] = data.blocks[now()];
    find("pre").setAttribute("aria-label", label);
    find("code").replaceChildren(...tokens.map(([kind, text]) => {
      if (!kind) return document.createTextNode(text);
      const node = document.createElement("span");
      node.className = kind;
      node.textContent = text;
      return node;
    }));
    [...tabs.children].forEach((tab, i) => {
      tab.setAttribute("aria-selected", i === now());
      tab.tabIndex = i === now() ? 0 : -1;
    });
  };
  const n = data.blocks.length > 1 ? data.blocks.length : 0;
  while (tabs.children.length > n) tabs.lastChild.remove();
  while (tabs.children.length < n) tabs.append(document.createElement("button"));
  [...tabs.children].forEach((tab, i) => {
    tab.type = "button";
    tab.role = "tab";
    tab.textContent = data.blocks[i][0];
    tab.onclick = () => show(i);
    tab.onkeydown = ({ key }) => {  // as tabs everywhere: one stop for Tab, arrows between them
      const step = { ArrowRight: 1, ArrowLeft: n - 1 }[key];
      if (!step) return;
      show((i + step) % n);
      tabs.children[now()].focus();
    };
  });
  if (n) block.setAttribute("role", "tabpanel"); else block.removeAttribute("role");
  show(now());
  button.onclick = async () => {
    let said = "Copied";
    const text = data.blocks[now()][1].map(([, piece]) => piece).join("");
    try { await copied(text); } catch { said = "Select it and copy by hand"; }
    told.textContent = said;
    clearTimeout(timers.get(parentElement));
    timers.set(parentElement, setTimeout(() => { told.textContent = ""; }, 2000));
  };
}
"""

_component = v2.component("sota_code", html=_HTML, css=_CSS, js=_JS)

# The first that holds a token counts.
_KINDS = (
    (Keyword.Constant, "number"),
    (Keyword, "keyword"),
    (Operator.Word, "keyword"),
    (String, "text"),
    (Number, "number"),
    (Comment, "comment"),
    (Name.Decorator, "name"),
    (Name.Function, "name"),
    (Name.Class, "name"),
    (Generic.Error, "wrong"),
)


def show(
    text: str,
    *,
    key: str,
    language: str | None = "python",
    label: str = "Code",
    wraps: bool = False,
    height: int | None = None,
) -> None:
    """Show text in a block with a button that copies it.

    language  a name Pygments knows (python, pytb), or None for plain text
    label     what a screen reader calls the block
    height    pixels after which the block scrolls
    """
    _draw(key, [(label, tokens(text, language))], wraps, f"{height}px" if height else "none")


def tabs(texts: Mapping[str, str], *, key: str) -> None:
    """Several blocks of Python, label → text, one at a time; the visitor turns them over in the browser."""
    _draw(key, [(label, tokens(text, "python")) for label, text in texts.items()], wraps=False, most="none")


def _draw(key: str, blocks: list[tuple[str, list[tuple[str, str]]]], wraps: bool, most: str) -> None:
    _component(key=key, data={"blocks": blocks, "wraps": wraps, "most": most})


def tokens(text: str, language: str | None) -> list[tuple[str, str]]:
    """(kind, text) in order; the texts together are the whole. Kind "" has the colour of plain text.

    Raises pygments.util.ClassNotFound for a language Pygments does not know.
    """
    # Plain text, a growing log above all, is not kept.
    return [("", text)] if language is None else _coloured(text, language)


@lru_cache(maxsize=128)
def _coloured(text: str, language: str) -> list[tuple[str, str]]:
    lexer = _lexer(language)
    found: list[tuple[str, str]] = []
    for token, piece in lexer.get_tokens(text):
        kind = _kind(token)
        if found and found[-1][0] == kind:
            found[-1] = (kind, found[-1][1] + piece)
        else:
            found.append((kind, piece))
    return found


@cache
def _lexer(language: str) -> Lexer:
    return lexers.get_lexer_by_name(language, stripnl=False, ensurenl=False)


@cache
def _kind(token: _TokenType) -> str:
    return next((kind for family, kind in _KINDS if token in family), "")
