/**
 * {@code bpf(2)} as typed calls.
 *
 * <p>Input: specifications of maps, programs and links. Output: descriptors, information about
 * kernel objects, or a {@link org.ringwall.loader.bpf.KernelRefusedException} that a reader can act
 * on. It must not know ELF, policies, instances or the order in which programs are attached.
 */
@NullMarked
package org.ringwall.loader.bpf;

import org.jspecify.annotations.NullMarked;
