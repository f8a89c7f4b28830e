/**
 * What a policy keeps while it is in force, as maps of the kernel hold it: live sets, tables, counters, rates and records.
 *
 * <p>Comes in: descriptors of maps, the texts in which an object describes them, entries as people write them. Goes out: entries,
 * counts, records, or an {@link org.ringwall.loader.state.EntryException} that says what is wrong with an entry. Must not know
 * pins, generations or command lines.
 */
@NullMarked
package org.ringwall.loader.state;

import org.jspecify.annotations.NullMarked;
