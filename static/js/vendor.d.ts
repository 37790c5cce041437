/** Libraries that a page loads as classic scripts from static/vendor. */
interface Window {
  uPlot: typeof import("uplot");
}
