<clientConfig version="1.1">
   <emailProvider id="example.com">
      <domain>example.com</domain>
      <displayName>サンプルメール</displayName>
      <incomingServer type="pop3">
         <hostname>pop.example.com</hostname>
         <port>995</port>
         <socketType>SSL</socketType>
         <username>%EMAILADDRESS%</username>
         <authentication>password-cleartext</authentication>
      </incomingServer>
      <outgoingServer type="smtp">
         <hostname>smtp.example.com</hostname>
         <port>587</port>
         <socketType>STARTTLS</socketType>
         <username>%EMAILADDRESS%</username>
         <authentication>password-cleartext</authentication>
      </outgoingServer>
   </emailProvider> 
</clientConfig>
