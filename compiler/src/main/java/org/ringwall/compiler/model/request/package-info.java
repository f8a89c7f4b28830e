/**
 * Requests, the invocations of hooks by the kernel, and the system calls that cause them
 * (docs/semantics.md section 1).
 *
 * <p>The input is test blocks, generators and command lines. The output is requests, which the
 * reference evaluator decides, and which are converted to contexts for the machine and to system
 * calls for the kernel. The package must not know how any of them decides.
 */
@NullMarked
package org.ringwall.compiler.model.request;

import org.jspecify.annotations.NullMarked;
