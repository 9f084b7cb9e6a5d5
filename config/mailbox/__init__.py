"""The mailbox of the local stack: an SMTP server that keeps all mails and passes none on, and the pages that show them.

Development only. `server` is a process of the stack, `store` the folder of mails, `views` what stands at /_mail/.
"""
