/**
 * The layout of a policy's state in force (docs/abi.md section 1): maps, keys, values, events, and
 * the texts by which an object describes them to a loader.
 *
 * <p>The compiler writes these layouts into code, BTF and metadata; a loader reads them back from
 * the kernel. It must not know policies, instructions, files or descriptors.
 */
@NullMarked
package org.ringwall.bpf.state;

import org.jspecify.annotations.NullMarked;
