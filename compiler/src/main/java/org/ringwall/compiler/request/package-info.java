/**
 * Questions that the kernel asks, and the system calls that cause them (docs/semantics.md section 1).
 *
 * <p>Comes in: test blocks, generators, command lines. Goes out: requests, which the reference evaluator answers, and
 * which become contexts for the machine and system calls for the kernel. Must not know how any of them decides.
 */
@NullMarked
package org.ringwall.compiler.request;

import org.jspecify.annotations.NullMarked;
