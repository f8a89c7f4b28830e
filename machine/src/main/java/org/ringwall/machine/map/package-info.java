/**
 * Maps as the kernel has them, without a kernel: values, errors and what a full one does, from kernel/bpf/arraymap.c,
 * hashtab.c, lpm_trie.c, map_in_map.c, ringbuf.c and net/core/bpf_sk_storage.c as of 5.10 to 7.3.
 *
 * <p>Comes in: what an object declares, and the host that it is for. Goes out: map objects that any number of programs,
 * generations and callers share. Must not know instructions, registers or traps. A map is for one thread at a time: what
 * several CPUs do at once is what the runs of one thread do in turn ({@link org.ringwall.machine.Run}).
 */
@NullMarked
package org.ringwall.machine.map;

import org.jspecify.annotations.NullMarked;
