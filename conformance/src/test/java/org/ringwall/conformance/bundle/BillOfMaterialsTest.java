// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.cyclonedx.Version;
import org.cyclonedx.model.Bom;
import org.cyclonedx.model.Component;
import org.cyclonedx.parsers.JsonParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.Bundle;
import org.ringwall.compiler.api.Options;
import org.ringwall.compiler.api.PolicyBundle;

/** A test of the bill of materials against the schema of CycloneDX 1.6. */
final class BillOfMaterialsTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void isACycloneDxDocument() throws Exception {
        Files.writeString(folder.resolve("common.wall"), "set mails = { 25, 26 }\n");
        for (String name : List.of("web", "mail")) {
            Files.writeString(
                    folder.resolve(name + ".wall"),
                    "policy " + name
                            + "\ninclude \"common.wall\"\negress { deny if remote.port in mails; default allow }\n");
        }
        byte[] content = PolicyBundle.compile(
                        "org.example:agents",
                        "7",
                        List.of(Path.of("web.wall"), Path.of("mail.wall")),
                        List.of(),
                        Options.DEFAULT.withBase(folder))
                .bundle()
                .orElseThrow()
                .content();
        ByteBuffer entry = Bundle.of(Archive.of(ByteBuffer.wrap(content))).content("sbom.cdx.json");
        byte[] bytes = new byte[entry.remaining()];
        entry.get(bytes);
        JsonParser parser = new JsonParser();
        assertThat(parser.validate(new String(bytes, StandardCharsets.UTF_8), Version.VERSION_16))
                .isEmpty();
        String wrong = new String(bytes, StandardCharsets.UTF_8).replace("\"application\"", "\"policy\"");
        assertThat(parser.validate(wrong, Version.VERSION_16))
                .as("the schema is applied")
                .isNotEmpty();
        Bom bom = parser.parse(bytes);
        assertThat(bom.getMetadata().getComponent().getName()).isEqualTo("org.example:agents");
        assertThat(bom.getMetadata().getToolChoice().getComponents())
                .extracting(Component::getName)
                .containsExactly("ringwallc");
        assertThat(bom.getComponents())
                .extracting(Component::getName)
                .containsExactly("mail", "web", "sources/common.wall", "sources/mail.wall", "sources/web.wall");
        assertThat(bom.getComponents().get(0).getComponents())
                .extracting(Component::getName)
                .containsExactly("objects/mail/5.10-big.o", "objects/mail/5.10-little.o");
        assertThat(bom.getDependencies()).hasSize(3);
    }
}
