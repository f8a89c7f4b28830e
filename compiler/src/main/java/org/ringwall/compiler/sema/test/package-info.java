/**
 * The tests in a policy: the requests that their lines make, and what they expect.
 *
 * <p>A request has the fields that its line names; all others have the values of docs/semantics.md.
 */
@NullMarked
package org.ringwall.compiler.sema.test;

import org.jspecify.annotations.NullMarked;
