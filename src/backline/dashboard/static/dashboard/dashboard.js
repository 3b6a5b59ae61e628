// The dashboard's behaviour on top of plain HTML. Every page works without it.
import { openDialogs } from "./dialog.js";
import { openDrawer } from "./drawer.js";
import { copyAddresses } from "./copy.js";
import { tellFaults } from "./faults.js";
import { keepAsking } from "./asks.js";
import { markTabs } from "./tabs.js";
import { closeMenus } from "./menu.js";
import { dismissToasts } from "./toast.js";
import { countLetters, orderByHand, previewWhileTyping, revealForms, submitAtOnce } from "./forms.js";

document.documentElement.classList.add("js");
openDialogs();
openDrawer();
copyAddresses();
closeMenus();
tellFaults();
keepAsking();
markTabs();
dismissToasts();
countLetters();
previewWhileTyping();
submitAtOnce();
revealForms();
orderByHand();
