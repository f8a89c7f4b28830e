/**
 * The supported interface of the compiler: compiles policies, evaluates requests, and reports what
 * a policy leaves open.
 *
 * <p>The input is a policy file and options. The output is records of JDK types, those of
 * {@link org.ringwall.compiler.report} among them. docs/api.md introduces it by an example, and
 * docs/stability.md says which changes to expect. A policy with errors yields diagnostics, not an
 * exception. No method takes or returns null. All types are immutable and safe for use by several
 * threads. The package must not contain more than the translation between these records and the
 * stages of the compiler.
 */
@NullMarked
package org.ringwall.compiler.api;

import org.jspecify.annotations.NullMarked;
