import { type DefaultTreeAdapterTypes, parse } from "parse5";

/** An element of a parsed page. */
export type Element = DefaultTreeAdapterTypes.Element;
/** An element, a text, or the document itself. */
export type Node = DefaultTreeAdapterTypes.Node;

/**
 * Parses a page as browsers without JavaScript do: it mends what is not well formed, and the content
 * of `<noscript>` counts.
 */
export function parseHtml(html: string): DefaultTreeAdapterTypes.Document {
  return parse(html, { scriptingEnabled: false });
}

/** Every element below `root`, in document order. */
export function* descendants(root: Node): Generator<Element> {
  if (!("childNodes" in root)) return;
  for (const child of root.childNodes) {
    if ("tagName" in child) yield child;
    yield* descendants(child);
  }
}

/** The value of an attribute, `""` for one without a value, undefined for an absent one. */
export function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((each) => each.name === name)?.value;
}

/** The nearest ancestor with that tag. */
export function ancestor(element: Element, tagName: string): Element | undefined {
  let node: Node | null = element.parentNode;
  while (node && "parentNode" in node) {
    if ("tagName" in node && node.tagName === tagName) return node;
    node = node.parentNode;
  }
  return undefined;
}

const unseen = new Set(["script", "style", "template", "head", "svg"]);
const inline = new Set(
  "a abbr b bdi cite code data dfn em i kbd label mark q s samp small span strong sub sup time u var wbr".split(
    " ",
  ),
);

/** What a person reads in an element: every run of white space (no-break ones too) is one space. */
export function textOf(root: Node): string {
  return collect(root).replace(/\s+/g, " ").trim();
}

function collect(node: Node): string {
  if (node.nodeName === "#text" && "value" in node) return node.value;
  if (!("childNodes" in node)) return "";
  return node.childNodes
    .filter((child) => !unseen.has(child.nodeName) && !isHidden(child))
    .map((child) => (inline.has(child.nodeName) ? collect(child) : spaced(child)))
    .join("");
}

function spaced(node: Node): string {
  return node.nodeName === "#text" ? collect(node) : ` ${collect(node)} `;
}

function isHidden(node: Node): boolean {
  return "attrs" in node && attribute(node, "hidden") !== undefined;
}

/**
 * The elements that match a selector. Known: compounds of `tag`, `#id`, `.class`, `[name]`,
 * `[name="value"]`, and the descendant combinator (a space).
 * @throws Error on any other selector, so that no test passes by a misread one
 */
export function select(root: Node, selector: string): Element[] {
  const [first = "", ...rest] = splitSelector(selector);
  const found = [...descendants(root)].filter((element) => matches(element, first));
  if (rest.length === 0) return found;
  return [...new Set(found.flatMap((element) => select(element, rest.join(" "))))];
}

function splitSelector(selector: string): string[] {
  return selector.trim().match(/(?:\[[^\]]*\]|[^\s[])+/g) ?? [];
}

function matches(element: Element, compound: string): boolean {
  const simple =
    /(?<tag>^[a-z][a-z0-9-]*)|#(?<id>[\w-]+)|\.(?<cssClass>[\w-]+)|\[(?<name>[\w-]+)(?:=["']?(?<value>[^"'\]]*)["']?)?\]/gy;
  let end = 0;
  for (const match of compound.matchAll(simple)) {
    end = match.index + match[0].length;
    if (!matchesSimple(element, match.groups ?? {})) return false;
  }
  if (end !== compound.length || end === 0) throw new Error(`selector not understood: ${compound}`);
  return true;
}

function matchesSimple(element: Element, part: Readonly<Record<string, string | undefined>>) {
  const { tag, id, cssClass, name, value } = part;
  if (tag) return element.tagName === tag;
  if (id) return attribute(element, "id") === id;
  if (cssClass) return (attribute(element, "class") ?? "").split(/\s+/).includes(cssClass);
  const found = attribute(element, name ?? "");
  return found !== undefined && (value === undefined || found === value);
}
