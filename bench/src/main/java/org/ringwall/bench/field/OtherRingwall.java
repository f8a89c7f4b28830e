// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.field;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.rules.RuleList;
import org.ringwall.bpf.object.Bytes;

/**
 * The compiler of another checkout, for comparing the code of two commits. The loader is that of
 * this checkout.
 *
 * @param checkout a checkout in which `bin/ringwallc` has been built
 */
public record OtherRingwall(Checkout checkout) implements Contestant {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Override
    public String title() {
        return title(Ringwall.TITLE);
    }

    /** Returns the title of this compiler's version of the contestant `ours`. */
    public String title(String ours) {
        return ours + " of " + checkout.root().getFileName();
    }

    @Override
    public boolean ours() {
        return true;
    }

    @Override
    public Image make(RuleList rules, Workshop shop) throws Refusal {
        Path object = shop.file("other.o");
        double ms = shop.time(command(shop.write("policy.wall", rules.policy()), object));
        return new Image.Policy(read(object), OptionalDouble.of(ms));
    }

    /**
     * Returns the object of a policy.
     *
     * @throws IllegalStateException if the policy does not compile
     */
    public Bytes compiled(String policy) {
        try (Workshop shop = new Workshop(checkout, PATIENCE)) {
            Path object = shop.file("other.o");
            shop.time(command(shop.write("policy.wall", policy), object));
            return read(object);
        } catch (Refusal e) {
            throw new IllegalStateException(checkout.root() + ": " + e.why(), e);
        }
    }

    private List<String> command(Path policy, Path object) {
        return List.of(
                checkout.file("bin/ringwallc").toString(), "compile", policy.toString(), "-o", object.toString());
    }

    private static Bytes read(Path object) {
        try {
            return Bytes.of(Files.readAllBytes(object));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
