// A worker that answers questions about Avro; fetched when the first is asked.
//
// It is a worker, because the library writes functions for each schema and compiles them, which the
// page's content security policy forbids in the page itself: here nothing of the page is within reach,
// and a schema without end can't stop it. `finish-page.pl` lets esbuild make one file of this and avsc.
import avsc from "avsc-types";

import { answering } from "./avro-answers.mjs";

const answer = answering(avsc);
onmessage = ({ data }) => postMessage(answer(data));
