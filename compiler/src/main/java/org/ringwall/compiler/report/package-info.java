/**
 * The results of a compilation and of the analyses of a policy, as records of JDK types.
 *
 * <p>The stages of the compiler fill them, {@link org.ringwall.compiler.api} returns them, and the
 * command prints them as text and as JSON. The package must not know any other package of the
 * compiler. All types are immutable; no method takes or returns null.
 */
@NullMarked
package org.ringwall.compiler.report;

import org.jspecify.annotations.NullMarked;
