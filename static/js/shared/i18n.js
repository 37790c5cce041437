/**
 * The page's texts in the visitor's language. As in the server's templates, the English text is the key, so code reads
 * as the English page does; `make messages` finds the calls (docs/guide/translating.md).
 */

/**
 * Plural categories in the order of gettext's forms.
 *
 * @type {Intl.LDMLPluralRule[]}
 */
const CATEGORIES = ["zero", "one", "two", "few", "many", "other"];

/**
 * @typedef {object} Catalogue
 * @property {string} language Code of the language, such as `de`.
 * @property {Record<string, string | string[]>} messages Translations by their English text; for a singular its plural
 *   forms.
 *
 * @typedef {Record<string, string | number>} Values
 *
 * @param {Catalogue} catalogue
 */
export function createTranslator({ language, messages }) {
  /** @type {Record<number, Intl.NumberFormat>} */
  const formats = {}; // costly to create, and used for every bar of every frame
  const rules = new Intl.PluralRules(language);
  const categories = rules.resolvedOptions().pluralCategories;
  const order = CATEGORIES.filter((category) => categories.includes(category));

  /**
   * @param {string} text
   * @param {Values} [values] Values of the placeholders `%(name)s` in the text.
   */
  function gettext(text, values = {}) {
    return fill(String(messages[text] ?? text), values);
  }

  /**
   * @param {string} one
   * @param {string} many
   * @param {number} num Count that chooses the form, and the value of `%(num)s`.
   * @param {Values} [values]
   */
  function ngettext(one, many, num, values = {}) {
    const forms = messages[one] ?? (num === 1 ? [one] : [many]);
    const at = Math.min(order.indexOf(rules.select(num)), forms.length - 1);
    return fill(forms[at], { num: formatNumber(num), ...values });
  }

  /**
   * @param {number} value
   * @param {number} [digits] Number of digits after the decimal mark.
   */
  function formatNumber(value, digits = 0) {
    formats[digits] ??= new Intl.NumberFormat(language, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    return formats[digits].format(value);
  }

  return { gettext, ngettext, formatNumber };
}

/**
 * @param {string} text
 * @param {Values} values
 */
function fill(text, values) {
  return text.replace(/%\((\w+)\)s|%%/g, (whole, name) =>
    whole === "%%" ? "%" : String(values[name] ?? whole),
  );
}

/** @returns {Catalogue} The catalogue in the page; English where there is no page, as in tests. */
function catalogueOfPage() {
  const element = globalThis.document?.getElementById("messages");
  return element ? JSON.parse(element.textContent) : { language: "en", messages: {} };
}

const catalogue = catalogueOfPage();

/** Code of the visitor's language, such as `de`. */
export const { language } = catalogue;
export const { gettext, ngettext, formatNumber } = createTranslator(catalogue);
