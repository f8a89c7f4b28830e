/**
 * What every module's tests share: tiers that skip with a clear line or, where required, fail, and golden cases.
 *
 * <p>Comes in: the machine under the test and {@code .case} files. Goes out: pass, skip or failure. Knows no other
 * module of the product.
 */
@NullMarked
package org.ringwall.testkit;

import org.jspecify.annotations.NullMarked;
