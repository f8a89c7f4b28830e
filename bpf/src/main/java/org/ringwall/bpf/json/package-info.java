/**
 * The only reader and writer of JSON (RFC 8259) of all modules.
 *
 * <p>{@link org.ringwall.bpf.json.JsonReader} reads text of untrusted origin with limits, by
 * jackson-core, which no other package uses. {@link org.ringwall.bpf.json.Json} writes. Both have
 * maps, lists, strings, numbers, booleans and null on the other side. It must not know any other
 * package of ours.
 */
@NullMarked
package org.ringwall.bpf.json;

import org.jspecify.annotations.NullMarked;
