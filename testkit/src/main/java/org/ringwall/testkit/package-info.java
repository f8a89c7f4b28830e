/**
 * Support for the tests of every module: test tiers and golden cases.
 *
 * <p>In: the machine that runs the test, and {@code .case} files. Out: success, a skip that states
 * its reason, or a failure. It must not know any other module.
 */
@NullMarked
package org.ringwall.testkit;

import org.jspecify.annotations.NullMarked;
