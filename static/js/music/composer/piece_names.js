/** Built-in playlists and pieces in the visitor's language; the server's answers have their English names. Pure. */

/**
 * @param {Record<string, string>} names English name of a built-in playlist to the visitor's.
 * @returns {<T>(answer: T) => T} Translates what is built in, wherever in an answer it stands.
 */
export function createNaming(names) {
  function translate(text) {
    const [, name, number] = /^(.*?)( \d+)?$/.exec(text);
    return names[name] ? names[name] + (number ?? "") : text;
  }

  return function naming(answer) {
    if (Array.isArray(answer)) return answer.map(naming);
    if (answer === null || typeof answer !== "object") return answer;
    const named = Object.fromEntries(Object.entries(answer).map(([key, value]) => [key, naming(value)]));
    for (const key of ["name", "title"]) {
      if (answer.kind === "built_in" && typeof answer[key] === "string") named[key] = translate(answer[key]);
    }
    return named;
  };
}
