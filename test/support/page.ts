import type { IncomingHttpHeaders } from "node:http";
import { type Element, attribute, parseHtml, select, textOf } from "./html.ts";
import { type Submission, Form, answersTo } from "./html-form.ts";

/** One request of a navigation and the answer to it. */
export interface Hop {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  /** Where the answer led, made absolute. */
  readonly location: string | undefined;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
}

/** What a page needs from the browser that shows it. */
export interface Navigator {
  readonly follow: (from: Page, url: URL) => Promise<Page>;
  readonly send: (from: Page, submission: Submission) => Promise<Page>;
}

/** Where a navigation ended: the last answer, read as a person and as a test read it. */
export class Page {
  /** The address in the address bar. */
  readonly url: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body as it came. */
  readonly html: string;
  /** Every request from the click to this page, redirects first, this page last. */
  readonly hops: readonly Hop[];
  readonly #document: ReturnType<typeof parseHtml>;
  readonly #navigator: Navigator;

  constructor(hops: readonly Hop[], last: Hop, body: string, navigator: Navigator) {
    this.url = last.url;
    this.status = last.status;
    this.headers = last.headers;
    this.html = body;
    this.hops = hops;
    this.#document = parseHtml(body);
    this.#navigator = navigator;
  }

  get title(): string {
    return this.#text("title");
  }

  /** The text of the one `h1`; empty without one. */
  get h1(): string {
    return this.#text("h1");
  }

  get lang(): string | undefined {
    return this.find("html")?.attribute("lang");
  }

  /** What a person reads, runs of white space as one space. */
  get text(): string {
    return textOf(this.#document);
  }

  /** Where a redirect that was not followed leads, made absolute; or the page itself, which goes on by a `meta` element. */
  get location(): string | undefined {
    return this.hops.at(-1)?.location ?? this.onward?.href;
  }

  /** Where the page goes by itself at once (HTML, `http-equiv=refresh`). */
  get onward(): URL | undefined {
    const refresh = this.findAll("meta").find((meta) => meta.attribute("http-equiv") === "refresh");
    const [, address] = /^0;\s*url=(.*)$/i.exec(refresh?.attribute("content") ?? "") ?? [];
    return address === undefined ? undefined : new URL(address, this.url);
  }

  /** The body as JSON. */
  json(): unknown {
    return JSON.parse(this.html);
  }

  /** The first element that matches; the selectors known are those of `select` in html.ts. */
  find(selector: string): PageElement | undefined {
    return this.findAll(selector)[0];
  }

  /** Every element that matches, in document order. */
  findAll(selector: string): PageElement[] {
    return select(this.#document, selector).map((element) => ({
      text: textOf(element),
      attribute: (name) => attribute(element, name),
    }));
  }

  /**
   * The form that matches; without a selector the form of the principal button (`#primary`), else
   * the only form.
   * @throws Error when there is none, or when several could be meant
   */
  form(selector?: string): Form<Page> {
    const forms = select(this.#document, selector ?? "form").filter(
      // The switch of the language stands on every page; who means it says so.
      (form) => selector !== undefined || attribute(form, "action") !== "/language",
    );
    const principal = selector
      ? undefined
      : forms.find((form) => select(form, "#primary").length > 0);
    const [form, ...others] = principal ? [principal] : forms;
    if (!form) throw new Error(`no form ${selector ?? ""} on ${this.describe()}`);
    if (others.length > 0) throw new Error(`several forms ${selector ?? ""} on ${this.describe()}`);
    return this.#form(form);
  }

  /**
   * Follows a link, or presses a button, found by its text or its `#id`.
   * @throws Error when there is none, or when several lead to different places
   */
  click(textOrId: string): Promise<Page> {
    const links = select(this.#document, "a[href]").filter((link) => answersTo(link, textOrId));
    const [target, ...others] = new Set(
      links.map((link) => new URL(attribute(link, "href") ?? "", this.url).href),
    );
    if (others.length > 0) throw new Error(`several links ${textOrId} on ${this.describe()}`);
    if (target) return this.#navigator.follow(this, new URL(target));
    return this.#formOfButton(textOrId).submit(textOrId);
  }

  /** A short account of the page for the message of a failed test. */
  describe(): string {
    const links = select(this.#document, "a[href]").map((link) => textOf(link));
    return `${this.url} (${this.status} « ${this.h1 || this.title} », links: ${links.join(", ")}): ${this.text.slice(0, 400)}`;
  }

  #formOfButton(textOrId: string): Form<Page> {
    const forms = select(this.#document, "form").map((form) => this.#form(form));
    const found = forms.find((form) => form.hasButton(textOrId));
    if (!found) throw new Error(`no link or button ${textOrId} on ${this.describe()}`);
    return found;
  }

  #form(element: Element): Form<Page> {
    return new Form(element, this.#document, this.url, (submission) =>
      this.#navigator.send(this, submission),
    );
  }

  #text(selector: string): string {
    return this.find(selector)?.text ?? "";
  }
}

/** An element as a test looks at it. */
export interface PageElement {
  readonly text: string;
  readonly attribute: (name: string) => string | undefined;
}
