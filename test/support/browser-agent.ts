import { type IncomingHttpHeaders, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { CookieJar } from "./cookie-jar.ts";
import type { FieldValues, Form, Submission } from "./html-form.ts";
import {
  type PageRequest,
  assertFormActionAllows,
  cookieContext,
  nextRequest,
  requestHeaders,
} from "./navigation.ts";
import { type Hop, Page } from "./page.ts";

export { CookieJar } from "./cookie-jar.ts";
export { type FieldValues, Form } from "./html-form.ts";
export { type Hop, Page, type PageElement } from "./page.ts";

/** How one browser differs from another. */
export interface BrowserOptions {
  /** `Accept-Language`; French unless told. */
  readonly language?: string;
  /** Headers added to every request, for example `X-Forwarded-For`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Addresses that are not visited: a redirect that starts with one of them is shown, not followed. */
  readonly stopBefore?: readonly string[];
  readonly cookies?: CookieJar;
}

const mostRedirects = 20;

/**
 * A browser without JavaScript, over real HTTP: cookies, redirects, forms, `Origin`, `Referer` and
 * `Sec-Fetch-*` headers, and the form-action directive of CSP (which Chromium applies to the redirects
 * after a form too). One agent is one browser; `tab()` opens another tab of it.
 */
export class BrowserAgent {
  readonly cookies: CookieJar;
  readonly #options: BrowserOptions;
  #page: Page | undefined;

  constructor(options: BrowserOptions = {}) {
    this.#options = options;
    this.cookies = options.cookies ?? new CookieJar();
  }

  /** The page shown now: where the last navigation that ended led. */
  get page(): Page {
    if (!this.#page) throw new Error("this browser has opened no page yet");
    return this.#page;
  }

  /** Another tab: the same cookies, a page of its own. */
  tab(): BrowserAgent {
    return new BrowserAgent({ ...this.#options, cookies: this.cookies });
  }

  /** Types an address, or opens it from a mail. */
  open(url: string | URL): Promise<Page> {
    return this.#navigate({ method: "GET", url: new URL(url) });
  }

  /** @see Page.click */
  click(textOrId: string): Promise<Page> {
    return this.page.click(textOrId);
  }

  /** Fills the principal form of the page. @see Form.fill */
  fill(values: FieldValues): Form<Page> {
    return this.page.form().fill(values);
  }

  /** Presses a button (its text, name or `#id`), wherever it stands, or that of the principal form. */
  submit(buttonNameOrText?: string): Promise<Page> {
    return buttonNameOrText ? this.page.click(buttonNameOrText) : this.page.form().submit();
  }

  /** Posts fields without a form, as a page at the address `from` would: a forged request. */
  post(url: string | URL, fields: Readonly<Record<string, string>>, from: string): Promise<Page> {
    const body = new URLSearchParams(fields).toString();
    const initiator = { url: from, headers: {} };
    return this.#navigate({ method: "POST", url: new URL(url), body, initiator });
  }

  async #navigate(first: PageRequest): Promise<Page> {
    const hops: Hop[] = [];
    for (let request: PageRequest | undefined = first; hops.length <= mostRedirects;) {
      const { hop, body } = await this.#exchange(request);
      hops.push(hop);
      const next = nextRequest(request, hop);
      if (next && !this.#stopsBefore(next.url)) {
        request = next;
        continue;
      }
      const page = this.#show([...hops], hop, body);
      if (!page.onward || this.#stopsBefore(page.onward)) return page;
      // A navigation of its own: what follows is no more under the form-action of the form's page.
      request = { method: "GET", url: page.onward, initiator: page };
    }
    throw new Error(`redirected without end: ${hops.map(({ url }) => url).join(" → ")}`);
  }

  async #exchange(request: PageRequest): Promise<{ hop: Hop; body: string }> {
    assertFormActionAllows(request);
    const { method, url, body } = request;
    const cookie = this.cookies.header(url, cookieContext(request));
    const headers = {
      ...requestHeaders(request, this.#options.language ?? "fr-FR,fr;q=0.9"),
      ...(cookie !== undefined && { cookie }),
      ...this.#options.headers,
    };
    const answer = await exchange({ method, url, headers, body });
    this.cookies.store(url, answer.headers["set-cookie"] ?? []);
    const { location } = answer.headers;
    const hop: Hop = {
      method,
      url: url.href,
      status: answer.status,
      location: location === undefined ? undefined : new URL(location, url).href,
      requestHeaders: headers,
      headers: answer.headers,
    };
    return { hop, body: answer.body };
  }

  #show(hops: readonly Hop[], last: Hop, body: string): Page {
    this.#page = new Page(hops, last, body, {
      follow: (from, url) => this.#navigate({ method: "GET", url, initiator: from }),
      send: (from, submission) => this.#send(from, submission),
    });
    return this.#page;
  }

  #send(from: Page, { method, action, fields, multipart }: Submission): Promise<Page> {
    const formAction = { initiator: from, isForm: true };
    if (method === "POST" && multipart) {
      return this.#navigate({ method, url: action, ...multipart, ...formAction });
    }
    if (method === "POST") {
      return this.#navigate({ method, url: action, body: fields.toString(), ...formAction });
    }
    const url = new URL(action);
    url.search = fields.toString();
    return this.#navigate({ method, url, ...formAction });
  }

  #stopsBefore(url: URL): boolean {
    if (!["http:", "https:"].includes(url.protocol)) return true;
    return (this.#options.stopBefore ?? []).some((prefix) => url.href.startsWith(prefix));
  }
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

// One connection a request (agent: false): none is left open for a server that wants to stop.
function exchange(request: {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | undefined;
}): Promise<Answer> {
  const { method, url, headers, body } = request;
  const start = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    start(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    })
      .on("error", reject)
      .end(body);
  });
}
