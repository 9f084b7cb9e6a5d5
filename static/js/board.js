// A board for someone who is logged in: focus, keys, drag, menus, quick add, and staying current.

import "./board-focus.js";
import "./board-keys.js";
import "./board-drag.js";
import "./board-refresh.js";
