/**
 * The compiler as a goal of a Maven build.
 *
 * <p>In: the configuration of the goal. Out: objects and log lines; an error in a policy fails the
 * build. It must not know how any stage of the compiler works.
 */
@NullMarked
package org.ringwall.maven;

import org.jspecify.annotations.NullMarked;
