/** Files that the visitor asked for: made in this browser, saved by it, sent nowhere. */

/** @param {string} name @param {Blob} content */
export function saveFile(name, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000); // the browser may still be reading it
}

/** @param {string} kind Such as `csv`. @param {Date} date @returns {string} A name that sorts by time. */
export function fileName(kind, date) {
  const two = (number) => String(number).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `countenance-${day}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}.${kind}`;
}
