/**
 * What both commands print for `--json`.
 *
 * <p>Comes in: maps, lists, strings, numbers and booleans. Goes out: RFC 8259 text. Must not know anything else of ours.
 */
@NullMarked
package org.ringwall.bpf.json;

import org.jspecify.annotations.NullMarked;
