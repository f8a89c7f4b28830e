/**
 * Models of the kernel's maps: values, errors and the behaviour of full maps, from
 * kernel/bpf/arraymap.c, hashtab.c, lpm_trie.c, map_in_map.c, ringbuf.c and
 * net/core/bpf_sk_storage.c as of 5.10 to 7.3.
 *
 * <p>Input: the declarations of an object, and its host. Output: map objects that any number of
 * programs, generations and callers share. It must not know instructions, registers or traps. A map
 * is not thread-safe: concurrent CPUs are modelled by alternating runs of one thread
 * ({@link org.ringwall.machine.Run}).
 */
@NullMarked
package org.ringwall.machine.map;

import org.jspecify.annotations.NullMarked;
