// A conversation on screen. Each behaviour is a module of its own; here they meet the conversation that is there.

import "./copy.js";
import "./chat-live.js";
import "./chat-send.js";
import "./chat-draft.js";
import "./chat-composer.js";
import "./chat-complete.js";
import "./chat-scroll.js";
import "./chat-read.js";
import "./chat-typing.js";
import "./chat-act.js";
import "./chat-keys.js";
import "./chips.js";
import "./files.js";
import { watch } from "./chat-talk.js";

watch();
