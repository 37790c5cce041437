/** The socket to the server; the only module that loads socket.io's client, so that a page may load it late. */

import { io } from "../../vendor/socket.io.esm.min.js";
import { createChannel } from "./channel.js";

/**
 * @typedef {typeof connect} Connect
 *
 * @param {object} handlers
 * @param {(link: import("./channel.js").Link) => void} handlers.onLink
 * @param {(hello: import("./channel.js").Hello) => void} [handlers.onHello]
 */
export function connect({ onLink, onHello }) {
  const socket = io("/live", {
    transports: ["websocket", "polling"],
    tryAllTransports: true, // a network that blocks websockets gets slow labels instead of none
    reconnectionDelay: 300,
    reconnectionDelayMax: 2000,
  });
  return createChannel(socket, { onLink, onHello, now: () => performance.now() });
}
