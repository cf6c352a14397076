// swift-format-ignore-file
// Made by scripts/embed-schema out of clientConfig.rng beside this. Do not edit.

/// The grammar of autoconfig files as it stands in the repository.
enum ClientConfigGrammar {
  static let text: StaticString = #"""
    <?xml version="1.0" encoding="UTF-8"?>
    <!--
      Autoconfig files (clientConfig): version 1.1 as mail clients read it, and what the IETF draft
      (draft-ietf-mailmaint-autoconfig) adds to it. Sources: the draft's text; Thunderbird's
      readFromXML.sys.mjs; files in Thunderbird's provider database.

      Elements of other names are allowed anywhere, as the draft wants it; known ones only in their
      place. What a grammar cannot say (which port goes with which protocol, placeholders, names of
      hosts) is left to the rules of `autoconfig lint`.

      After a change here: scripts/embed-schema
    -->
    <grammar xmlns="http://relaxng.org/ns/structure/1.0"
             datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">

      <start>
        <element name="clientConfig">
          <attribute name="version"><data type="token"/></attribute>
          <interleave>
            <oneOrMore><ref name="emailProvider"/></oneOrMore>
            <zeroOrMore><ref name="oAuth2"/></zeroOrMore>
            <zeroOrMore><ref name="enable"/></zeroOrMore>
            <zeroOrMore><ref name="webMail"/></zeroOrMore>
            <zeroOrMore><ref name="clientConfigUpdate"/></zeroOrMore>
            <zeroOrMore><element name="addressbook"><ref name="service"/></element></zeroOrMore>
            <zeroOrMore><element name="calendar"><ref name="service"/></element></zeroOrMore>
            <zeroOrMore><element name="fileShare"><ref name="service"/></element></zeroOrMore>
            <zeroOrMore><element name="chatServer"><ref name="service"/></element></zeroOrMore>
            <zeroOrMore><element name="videoConference"><ref name="service"/></element></zeroOrMore>
            <zeroOrMore><element name="setupServer"><ref name="service"/></element></zeroOrMore>
            <zeroOrMore><ref name="unknown"/></zeroOrMore>
          </interleave>
        </element>
      </start>

      <define name="emailProvider">
        <element name="emailProvider">
          <attribute name="id"><data type="token"><param name="minLength">1</param></data></attribute>
          <interleave>
            <oneOrMore><ref name="domain"/></oneOrMore>
            <optional><element name="displayName"><text/></element></optional>
            <optional><element name="displayShortName"><text/></element></optional>
            <zeroOrMore><ref name="incomingServer"/></zeroOrMore>
            <zeroOrMore><ref name="outgoingServer"/></zeroOrMore>
            <zeroOrMore><ref name="documentation"/></zeroOrMore>
            <zeroOrMore><ref name="enable"/></zeroOrMore>
            <zeroOrMore><ref name="instruction"/></zeroOrMore>
            <zeroOrMore><ref name="inputField"/></zeroOrMore>
            <zeroOrMore><ref name="oAuth2"/></zeroOrMore>
            <zeroOrMore><ref name="unknown"/></zeroOrMore>
          </interleave>
        </element>
      </define>

      <define name="domain">
        <element name="domain">
          <optional><attribute name="purpose"><value>mx</value></attribute></optional>
          <data type="token"><param name="minLength">1</param></data>
        </element>
      </define>

      <define name="incomingServer">
        <element name="incomingServer">
          <ref name="type"/>
          <interleave>
            <ref name="connection"/>
            <optional><ref name="pop3"/></optional>
            <optional><element name="owaURL"><data type="anyURI"/></element></optional>
            <optional><element name="ewsURL"><data type="anyURI"/></element></optional>
            <optional><element name="easURL"><data type="anyURI"/></element></optional>
            <optional><element name="useGlobalPreferredServer"><data type="boolean"/></element></optional>
            <zeroOrMore><ref name="unknown"/></zeroOrMore>
          </interleave>
        </element>
      </define>

      <define name="outgoingServer">
        <element name="outgoingServer">
          <ref name="type"/>
          <interleave>
            <ref name="connection"/>
            <optional><element name="restriction"><text/></element></optional>
            <optional><element name="addThisServer"><data type="boolean"/></element></optional>
            <optional><element name="useGlobalPreferredServer"><data type="boolean"/></element></optional>
            <zeroOrMore><ref name="unknown"/></zeroOrMore>
          </interleave>
        </element>
      </define>

      <!-- By host name and port, or, in the draft, by URL. -->
      <define name="connection">
        <interleave>
          <optional><element name="hostname"><data type="token"><param name="minLength">1</param></data></element></optional>
          <optional><ref name="port"/></optional>
          <zeroOrMore><element name="url"><data type="anyURI"/></element></zeroOrMore>
          <zeroOrMore><ref name="socketType"/></zeroOrMore>
          <zeroOrMore><ref name="authentication"/></zeroOrMore>
          <optional><element name="username"><text/></element></optional>
          <optional><element name="password"><text/></element></optional>
        </interleave>
      </define>

      <define name="type">
        <attribute name="type"><data type="token"><param name="minLength">1</param></data></attribute>
      </define>

      <define name="port">
        <element name="port">
          <data type="integer">
            <param name="minInclusive">1</param>
            <param name="maxInclusive">65535</param>
          </data>
        </element>
      </define>

      <define name="socketType">
        <element name="socketType">
          <choice><value>SSL</value><value>STARTTLS</value><value>plain</value></choice>
        </element>
      </define>

      <define name="authentication">
        <element name="authentication">
          <optional>
            <attribute name="system"><choice><value>http</value><value>sasl</value></choice></attribute>
          </optional>
          <data type="token"><param name="minLength">1</param></data>
        </element>
      </define>

      <define name="pop3">
        <element name="pop3">
          <interleave>
            <optional><element name="leaveMessagesOnServer"><data type="boolean"/></element></optional>
            <optional><element name="daysToLeaveMessagesOnServer"><data type="nonNegativeInteger"/></element></optional>
            <optional><element name="downloadOnBiff"><data type="boolean"/></element></optional>
            <optional>
              <element name="checkInterval"><attribute name="minutes"><data type="positiveInteger"/></attribute></element>
            </optional>
            <zeroOrMore><ref name="unknown"/></zeroOrMore>
          </interleave>
        </element>
      </define>

      <define name="documentation">
        <element name="documentation">
          <attribute name="url"><data type="anyURI"/></attribute>
          <interleave>
            <zeroOrMore><ref name="descr"/></zeroOrMore>
            <zeroOrMore><ref name="unknown"/></zeroOrMore>
          </interleave>
        </element>
      </define>

      <define name="descr">
        <element name="descr"><ref name="language"/><text/></element>
      </define>

      <define name="enable">
        <element name="enable">
          <optional><attribute name="visiturl"><data type="anyURI"/></attribute></optional>
          <interleave>
            <zeroOrMore><ref name="instruction"/></zeroOrMore>
            <zeroOrMore><ref name="unknown"/></zeroOrMore>
          </interleave>
        </element>
      </define>

      <!-- Words for people, or the old name of documentation. -->
      <define name="instruction">
        <element name="instruction">
          <ref name="language"/>
          <optional><attribute name="url"><data type="anyURI"/></attribute></optional>
          <mixed><zeroOrMore><ref name="descr"/></zeroOrMore></mixed>
        </element>
      </define>

      <define name="language">
        <optional><attribute name="lang"><data type="language"/></attribute></optional>
      </define>

      <define name="inputField">
        <element name="inputField">
          <attribute name="key"><data type="token"/></attribute>
          <optional><attribute name="label"/></optional>
          <text/>
        </element>
      </define>

      <define name="oAuth2">
        <element name="oAuth2">
          <interleave>
            <optional><element name="issuer"><data type="token"/></element></optional>
            <zeroOrMore><element name="scope"><text/></element></zeroOrMore>
            <optional><element name="authURL"><data type="anyURI"/></element></optional>
            <optional><element name="tokenURL"><data type="anyURI"/></element></optional>
            <optional><element name="clientID"><text/></element></optional>
            <optional><element name="clientSecret"><text/></element></optional>
            <zeroOrMore><ref name="unknown"/></zeroOrMore>
          </interleave>
        </element>
      </define>

      <define name="webMail">
        <element name="webMail">
          <interleave>
            <optional><element name="loginPage"><attribute name="url"><data type="anyURI"/></attribute></element></optional>
            <zeroOrMore><ref name="loginPageInfo"/></zeroOrMore>
            <zeroOrMore><ref name="unknown"/></zeroOrMore>
          </interleave>
        </element>
      </define>

      <!-- A login form that fills itself in: clients differ in what they look for. -->
      <define name="loginPageInfo">
        <element name="loginPageInfo"><ref name="anything"/></element>
      </define>

      <define name="clientConfigUpdate">
        <element name="clientConfigUpdate"><attribute name="url"><data type="anyURI"/></attribute></element>
      </define>

      <!-- What the draft describes beside mail. -->
      <define name="service">
        <ref name="type"/>
        <interleave>
          <ref name="connection"/>
          <zeroOrMore><ref name="unknown"/></zeroOrMore>
        </interleave>
      </define>

      <!-- An element of no name that is known here, with whatever it holds. -->
      <define name="unknown">
        <element>
          <anyName>
            <except>
              <name>clientConfig</name>
              <name>emailProvider</name>
              <name>domain</name>
              <name>displayName</name>
              <name>displayShortName</name>
              <name>incomingServer</name>
              <name>outgoingServer</name>
              <name>hostname</name>
              <name>port</name>
              <name>url</name>
              <name>socketType</name>
              <name>authentication</name>
              <name>username</name>
              <name>password</name>
              <name>pop3</name>
              <name>leaveMessagesOnServer</name>
              <name>daysToLeaveMessagesOnServer</name>
              <name>downloadOnBiff</name>
              <name>checkInterval</name>
              <name>owaURL</name>
              <name>ewsURL</name>
              <name>easURL</name>
              <name>restriction</name>
              <name>addThisServer</name>
              <name>useGlobalPreferredServer</name>
              <name>documentation</name>
              <name>descr</name>
              <name>enable</name>
              <name>instruction</name>
              <name>inputField</name>
              <name>oAuth2</name>
              <name>issuer</name>
              <name>scope</name>
              <name>authURL</name>
              <name>tokenURL</name>
              <name>clientID</name>
              <name>clientSecret</name>
              <name>webMail</name>
              <name>loginPage</name>
              <name>loginPageInfo</name>
              <name>clientConfigUpdate</name>
              <name>addressbook</name>
              <name>calendar</name>
              <name>fileShare</name>
              <name>chatServer</name>
              <name>videoConference</name>
              <name>setupServer</name>
            </except>
          </anyName>
          <ref name="anything"/>
        </element>
      </define>

      <define name="anything">
        <zeroOrMore>
          <choice>
            <attribute><anyName/></attribute>
            <text/>
            <element><anyName/><ref name="anything"/></element>
          </choice>
        </zeroOrMore>
      </define>
    </grammar>

    """#
}
