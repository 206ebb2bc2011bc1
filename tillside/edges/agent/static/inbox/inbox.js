/* The inbox: what links and forms do already, sooner and without losing the place. Each noun is a module of its own. */
import * as actions from "./inbox-actions.js";
import * as command from "./inbox-command.js";
import * as composer from "./inbox-composer.js";
import * as keys from "./inbox-keys.js";
import * as list from "./inbox-list.js";
import * as live from "./inbox-live.js";
import * as macros from "./inbox-macros.js";
import * as mentions from "./inbox-mentions.js";
import * as menus from "./inbox-menus.js";
import * as panes from "./inbox-panes.js";
import * as thread from "./inbox-thread.js";
import * as toasts from "./inbox-toasts.js";

for (const part of [menus, panes, toasts, list, thread, composer, macros, mentions, actions, command, keys, live]) part.start();
document.getElementById("desk").dataset.ready = "";
