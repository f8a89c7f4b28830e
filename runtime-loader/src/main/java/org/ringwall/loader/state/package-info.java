/**
 * The state of a policy in force in maps of the kernel: live sets, tables, counters, rates and
 * records.
 *
 * <p>Input: descriptors of maps, the texts in which an object describes them, and entries as users
 * write them. Output: entries, counts, records, or an
 * {@link org.ringwall.loader.model.EntryException} that says what is wrong with an entry. It must
 * not know pins, generations or command lines.
 */
@NullMarked
package org.ringwall.loader.state;

import org.jspecify.annotations.NullMarked;
