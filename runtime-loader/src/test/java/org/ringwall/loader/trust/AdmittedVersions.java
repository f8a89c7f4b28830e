// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.trust;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.RecordedAdmission;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.object.PolicyFile;
import org.ringwall.loader.object.PolicyObject;

/** A process that applies bundles, and waits between the moment it has read one and the apply. */
final class AdmittedVersions {
    private AdmittedVersions() {}

    /**
     * Reads lines in pairs: a bundle, after which it answers `admitted`, and an instance.
     *
     * @param words the folder of the pins, that of the keys, and the cgroup
     */
    public static void main(String[] words) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (LoaderHost host = LoaderHost.ofThisMachine(Path.of(words[0]))) {
            for (String file = in.readLine(); file != null; file = in.readLine()) {
                RecordedAdmission admission = Trust.of(TrustFiles.below(Path.of(words[1])), false);
                PolicyObject policy =
                        host.choose(PolicyFile.read(file, admission)).get(0);
                System.out.println("admitted");
                ApplyRequest request = new ApplyRequest(
                        policy,
                        String.valueOf(in.readLine()),
                        List.of(host.cgroups().at(Path.of(words[2]))),
                        Map.of(),
                        false);
                try {
                    host.applier().apply(request.admittedBy(admission));
                    System.out.println("in force");
                } catch (HostException e) {
                    System.out.println(e.getMessage());
                }
            }
        }
    }
}
