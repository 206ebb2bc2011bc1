/** The bundle an unknown key gets. A tracker that already runs on the page keeps its methods. */

import { guarded, install, running } from "./page";
import { silence } from "./silence";

guarded(() => window[running] || install(silence()))();
