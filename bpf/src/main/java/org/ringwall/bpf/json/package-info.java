/**
 * The JSON output of both commands.
 *
 * <p>In: maps, lists, strings, numbers and booleans. Out: RFC 8259 text. It must not know any other
 * package.
 */
@NullMarked
package org.ringwall.bpf.json;

import org.jspecify.annotations.NullMarked;
