/**
 * The compiler as goals of a Maven build.
 *
 * <p>In: the configuration of a goal, and policies. Out: objects, bundles, reports and log lines;
 * an error in a policy fails the build. The package must not know the stages of the compiler.
 */
@NullMarked
package org.ringwall.maven;

import org.jspecify.annotations.NullMarked;
