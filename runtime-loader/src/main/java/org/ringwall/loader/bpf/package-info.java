/**
 * {@code bpf(2)} as typed calls.
 *
 * <p>Comes in: specifications of maps, programs and links. Goes out: descriptors, what the kernel tells about them, or a
 * {@link org.ringwall.loader.bpf.KernelRefusedException} that a reader can act on. Must not know ELF, policies, instances or
 * the order in which things are attached.
 */
@NullMarked
package org.ringwall.loader.bpf;

import org.jspecify.annotations.NullMarked;
