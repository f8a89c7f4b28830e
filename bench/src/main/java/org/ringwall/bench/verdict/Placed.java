// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.ringwall.bench.field.Image;
import org.ringwall.bench.field.Refusal;
import org.ringwall.bpf.kernel.Hook;

/** The images that are in force or coming into force. */
final class Placed {
    private final Deque<InForce> all = new ArrayDeque<>();

    /** Puts an image in force. */
    InForce.Attached put(Image image, Hook hook) throws Refusal {
        InForce inForce = new InForce();
        add(inForce);
        try {
            return inForce.attach(image, hook);
        } catch (RuntimeException | Refusal e) {
            remove(inForce);
            throw e;
        }
    }

    private synchronized void add(InForce inForce) {
        all.push(inForce);
    }

    /** Removes one image. */
    void remove(InForce inForce) {
        synchronized (this) {
            all.remove(inForce);
        }
        inForce.close();
    }

    /** Removes all images. Processes must have left their cgroups, or exit. */
    void clear() {
        List<InForce> left;
        synchronized (this) {
            left = new ArrayList<>(all);
            all.clear();
        }
        left.forEach(InForce::close);
    }
}
