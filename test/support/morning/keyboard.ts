import type { Locator, Page } from "playwright-core";

/**
 * A person who works by keyboard alone, and counts. A key pressed counts one, one with Shift or Ctrl held as well; what is
 * typed counts a key a sign; what is pasted from a letter or a spreadsheet counts one.
 */
export class Keyboard {
  #count = 0;
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** How many keys were pressed until now. */
  get count(): number {
    return this.#count;
  }

  /** What is done elsewhere, in a terminal: a key a sign, and Enter. */
  command(words: string): void {
    this.#count += words.length + 1;
  }

  async press(key: string): Promise<void> {
    this.#count += 1;
    await this.page.keyboard.press(key);
  }

  /** Presses Enter where the focus is, and waits for the page that follows. */
  async enter(): Promise<void> {
    await Promise.all([this.page.waitForEvent("load"), this.press("Enter")]);
  }

  async paste(text: string): Promise<void> {
    this.#count += 1;
    await this.page.keyboard.insertText(text);
  }

  /**
   * Goes to an element the shortest way there is: by Tab, by Shift+Tab, or by the link that skips to what the page is about.
   * @throws Error when it is not reached
   */
  async goTo(target: Locator): Promise<void> {
    await target.evaluate((each: unknown) => (each as Marked).setAttribute("data-wanted", ""));
    const way = await this.page.evaluate<Way>(shortestWay);
    if (way.skips) {
      await this.press("Tab");
      await this.press("Enter");
    }
    for (let stop = 0; stop < 800; stop += 1) {
      if (await this.page.evaluate<boolean>(isThere)) return this.#arrive();
      await this.press(way.backwards ? "Shift+Tab" : "Tab");
    }
    throw new Error(`${String(target)} is not reached by keyboard`);
  }

  /** Goes to a link or a button of this name, the first or the last on the page, and presses Enter. */
  async follow(name: string, which: "first" | "last" = "first"): Promise<void> {
    await this.goTo(this.#named(name)[which]());
    await this.enter();
  }

  /** The same for what the page offers first. */
  async followPrimary(): Promise<void> {
    await this.goTo(this.page.locator("#primary"));
    await this.enter();
  }

  /** Goes to a field and pastes. */
  async fill(id: string, text: string): Promise<void> {
    await this.goTo(this.page.locator(`#${id}`));
    await this.paste(text);
  }

  async #arrive(): Promise<void> {
    await this.page.evaluate(
      'document.querySelector("[data-wanted]").removeAttribute("data-wanted")',
    );
  }

  #named(name: string): Locator {
    const pattern = new RegExp(`^${name}`);
    const links = this.page.getByRole("link", { name: pattern });
    return links.or(this.page.getByRole("button", { name: pattern }));
  }
}

/** Of an element of the page, all that is used. */
interface Marked {
  readonly setAttribute: (name: string, value: string) => void;
}

interface Way {
  readonly backwards: boolean;
  readonly skips: boolean;
}

/** Stops that a date's parts make beside its own are counted by walking: this only tells which way is the shorter. */
const shortestWay = `(() => {
  const target = document.querySelector("[data-wanted]");
  const stops = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
    .filter((each) => each.checkVisibility() && !each.disabled);
  const isAfter = (one, other) => Boolean(one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);
  const here = document.activeElement ?? document.body;
  const isStart = here === document.body;
  const between = (from, to) =>
    stops.filter((each) => (from === undefined || each === from || isAfter(from, each)) && isAfter(each, to)).length;
  const forward = isStart ? between(undefined, target) : isAfter(here, target) ? between(here, target) : Infinity;
  const backward = !isStart && isAfter(target, here) ? between(target, here) : Infinity;
  const main = document.querySelector("main");
  const skips = isStart && main?.contains(target) && between(main, target) + 2 < forward;
  return { backwards: backward < forward, skips: Boolean(skips) };
})()`;

const isThere = 'document.activeElement?.hasAttribute("data-wanted") === true';
