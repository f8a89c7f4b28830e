/**
 * A step of the build behind the compiler of Java: classes that start fast.
 *
 * <p>Comes in: a folder of class files. Goes out: the same folder, in which lambdas, method references and what records
 * compare and hash by are plain classes and methods. javac leaves them to be made when they are first met
 * ({@code invokedynamic}), which costs about 0.1 ms for a lambda and most of 1 ms for a record's {@code hashCode}, even
 * with an archive of classes: the greater part of a short command's time. Knows nothing of the product.
 */
@NullMarked
package org.ringwall.desugar;

import org.jspecify.annotations.NullMarked;
