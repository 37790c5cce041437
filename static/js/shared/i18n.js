/**
 * The page's words in the visitor's language. As in the server's templates, the English text is the key, so code reads
 * as the English page does; `make messages` finds the calls (docs/guide/translating.md).
 */

/** Plural categories in the order in which gettext's forms stand. */
const CATEGORIES = ["zero", "one", "two", "few", "many", "other"];

/**
 * @typedef {object} Catalogue
 * @property {string} language Such as `de`.
 * @property {Record<string, string | string[]>} messages English text to translation; a singular to its plural forms.
 *
 * @param {Catalogue} catalogue
 */
export function createTranslator({ language, messages }) {
  const formats = {}; // costly to make, and used for every bar of every frame
  const rules = new Intl.PluralRules(language);
  const categories = rules.resolvedOptions().pluralCategories;
  const order = CATEGORIES.filter((category) => categories.includes(category));

  /** @param {string} text @param {Record<string, string | number>} [values] For each `%(name)s` in it. */
  function gettext(text, values = {}) {
    return fill(messages[text] ?? text, values);
  }

  /** @param {string} one @param {string} many @param {number} num Also the value of `%(num)s`. @param {object} [values] */
  function ngettext(one, many, num, values = {}) {
    const forms = messages[one] ?? (num === 1 ? [one] : [many]);
    const at = Math.min(order.indexOf(rules.select(num)), forms.length - 1);
    return fill(forms[at], { num: formatNumber(num), ...values });
  }

  /** @param {number} value @param {number} [digits] After the decimal mark. */
  function formatNumber(value, digits = 0) {
    formats[digits] ??= new Intl.NumberFormat(language, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    return formats[digits].format(value);
  }

  return { gettext, ngettext, formatNumber };
}

function fill(text, values) {
  return text.replace(/%\((\w+)\)s|%%/g, (whole, name) =>
    whole === "%%" ? "%" : String(values[name] ?? whole),
  );
}

/** @returns {Catalogue} What the server put into the page; English where there is no page, as in tests. */
function catalogueOfPage() {
  const element = globalThis.document?.getElementById("messages");
  return element ? JSON.parse(element.textContent) : { language: "en", messages: {} };
}

const catalogue = catalogueOfPage();

/** The visitor's, such as `de`. */
export const { language } = catalogue;
export const { gettext, ngettext, formatNumber } = createTranslator(catalogue);
