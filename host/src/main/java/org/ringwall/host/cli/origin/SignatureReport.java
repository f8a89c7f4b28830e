// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.origin;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.Bundle;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.Signer;
import org.ringwall.loader.trust.Trust;
import org.ringwall.loader.trust.TrustFiles;

/**
 * Who has signed a bundle, and whether this host admits it.
 *
 * @param refusal why it does not; empty if it does
 * @param open whether it admits every bundle, because it trusts no key
 */
record SignatureReport(List<Signer> signers, Optional<String> refusal, boolean open) {
    static SignatureReport of(TrustFiles files, String file, Archive archive, Bundle bundle) {
        List<Signer> signers = List.of();
        boolean open = false;
        try {
            Trust trust = Trust.of(files, false);
            open = trust.admitsAll();
            signers = trust.signers(file, archive);
            trust.checkSignatures(file, archive).admit(bundle.manifest());
            return new SignatureReport(signers, Optional.empty(), open);
        } catch (HostException e) {
            return new SignatureReport(signers, Optional.of(String.valueOf(e.getMessage())), open);
        }
    }

    /** Returns the lines of the text. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        if (signers.isEmpty() && refusal.isEmpty()) {
            lines.add("not signed; this host trusts no key, and needs no signature");
            return lines;
        }
        for (Signer signer : signers) {
            lines.add("signed by key " + signer.key()
                    + signer.fault().map(why -> ", which " + why).orElse(", which this host trusts"));
        }
        lines.add(refusal.map(why -> "not admitted here: " + why)
                .orElse(open ? "admitted here: this host trusts no key" : "admitted here"));
        return lines;
    }

    /** Returns the members of the JSON. */
    Map<String, Object> fields() {
        List<Object> all = new ArrayList<>();
        for (Signer signer : signers) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("key", signer.key());
            one.put("trusted", signer.fault().isEmpty());
            signer.fault().ifPresent(why -> one.put("why", why));
            all.add(one);
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("signatures", all);
        fields.put("admitted", refusal.isEmpty());
        refusal.ifPresent(why -> fields.put("refusal", why));
        return fields;
    }
}
