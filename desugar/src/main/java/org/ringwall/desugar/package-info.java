/**
 * A build step after javac that makes classes start faster.
 *
 * <p>In: a folder of class files. Out: the same folder, in which lambdas, method references and the
 * `equals` and `hashCode` of records are ordinary classes and methods. javac compiles them to
 * {@code invokedynamic}, which is linked at first use and dominates the run time of a short
 * command, even with an archive of classes. It must not know the product.
 */
@NullMarked
package org.ringwall.desugar;

import org.jspecify.annotations.NullMarked;
